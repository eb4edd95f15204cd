// Room for a matrix of clusters, and for what each worker needs.
#pragma once
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

namespace ganglion {

// Doubles that are not touched before they are written. Large pages spare most of the time that first touches take.
class Doubles {
  public:
    Doubles() = default;
    explicit Doubles(int64_t count) {
        constexpr size_t kPage = size_t(1) << 21;
        const size_t bytes = (size_t(count) * sizeof(double) + kPage - 1) / kPage * kPage;
        at_ = static_cast<double*>(std::aligned_alloc(kPage, bytes ? bytes : kPage));
        if (!at_) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
        madvise(at_, bytes, MADV_HUGEPAGE);
#endif
    }
    Doubles(Doubles&& o) noexcept : at_(o.at_) { o.at_ = nullptr; }
    Doubles& operator=(Doubles&& o) noexcept {
        std::free(at_);
        at_ = o.at_;
        o.at_ = nullptr;
        return *this;
    }
    ~Doubles() { std::free(at_); }
    double* data() const { return at_; }

  private:
    double* at_ = nullptr;
};

}  // namespace ganglion
